"""The command line: what a person or a pipeline sees around `pulumi up`."""
