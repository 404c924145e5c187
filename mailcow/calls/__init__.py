"""The calls of mailcow's API, one module for each kind of object; ``mailcow.api.MailcowApi`` has them all."""
