"""The lab's stand-in for mailcow's imapsync: runs the jobs of the table imapsync, copies mail by Message-ID."""
