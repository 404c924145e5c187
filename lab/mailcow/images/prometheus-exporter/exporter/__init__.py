"""mailcow's exporter as the lab has it: asks mailcow's API at each request and answers in Prometheus' text form."""
