"""What a world offers its hosts: package mirror, image registry, git, names, secrets; and its operator an SSH agent."""
