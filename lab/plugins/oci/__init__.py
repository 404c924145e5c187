"""The lab's stand-in for the oci plugin: Oracle's API with containers for instances and files for volumes."""
