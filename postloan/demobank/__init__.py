"""A fictional bank written as extracts: plain Python, no rule or threshold shared with the product."""
