"""The lab's stand-in for pulumi-command 1.2.1: the same resources over real SSH, with the same manners."""
