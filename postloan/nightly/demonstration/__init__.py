"""What the people of a demonstration did: work of the past days, done through the services everybody uses."""
