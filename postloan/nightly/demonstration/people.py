"""Who does a piece of work: whoever it is assigned to, or somebody who holds the post it waits for."""

from __future__ import annotations

from collections.abc import Collection

from postloan.core import business_date
from postloan.organization.models import Post, PostCode, Staff
from postloan.todos.models import Todo


class People:
    """The staff of a day; the rights of each are read once."""

    def __init__(self) -> None:
        posts = Post.objects.on(business_date.calendar_today()).filter(staff__is_active=True)
        self.posts = list(posts.order_by("staff__staff_no"))
        self._known: dict[int, Staff] = {}

    def get(self, pk: int) -> Staff:
        if pk not in self._known:
            self._known[pk] = Staff.objects.select_related("branch").get(pk=pk)
        return self._known[pk]

    def holders(self, code: str, branch_id: int | None, line: str = "") -> list[Staff]:
        return [
            self.get(post.staff_id)
            for post in self.posts
            if post.code == code and post.branch_id == branch_id
            if not post.line_list or not line or line in post.line_list
        ]

    def for_todo(self, todo: Todo, *, without: Collection[int] = ()) -> Staff | None:
        """Somebody who may do it and is none of `without`; None where there is nobody."""
        if todo.assignee_id is not None:
            found = [self.get(todo.assignee_id)]
        else:
            found = self.holders(todo.post_code, todo.post_branch_id, todo.line)
        return next((one for one in found if one.is_active and one.pk not in without), None)

    def beside(self, staff: Staff) -> Staff | None:
        """Another account manager, of the same branch where there is one."""
        managers = [post for post in self.posts if post.code == PostCode.ACCOUNT_MANAGER and post.staff_id != staff.pk]
        managers.sort(key=lambda post: post.branch_id != staff.branch_id)
        return self.get(managers[0].staff_id) if managers else None
