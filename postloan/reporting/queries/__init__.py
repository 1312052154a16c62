"""What the pages read, across apps. Everything starts from `.visible_to(user)`; nothing here writes."""
