"""What the pages about todos read."""

from postloan.todos.queries.listing import TodoQuery, find, read, sorted_by
from postloan.todos.queries.mine import groups_of, next_of, open_count, queue_of, tab_counts, tallies
from postloan.todos.queries.my_book import Book, Tally, Week, books, customers_of, weeks_ahead
from postloan.todos.queries.team import Queue, Worker, queue_held, queues, workers

__all__ = [
    "Book",
    "Queue",
    "Tally",
    "TodoQuery",
    "Week",
    "Worker",
    "books",
    "customers_of",
    "find",
    "groups_of",
    "next_of",
    "open_count",
    "queue_held",
    "queue_of",
    "queues",
    "read",
    "sorted_by",
    "tab_counts",
    "tallies",
    "weeks_ahead",
    "workers",
]
