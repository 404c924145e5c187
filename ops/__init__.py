"""The command line around `pulumi up`: what a person or a pipeline asks of a stack."""
