"""The institution's groups, and the subgroups of a group."""

from __future__ import annotations

from figshare_workbook.base.identifiers import id_number
from figshare_workbook.client.answer_shapes import GROUPS
from figshare_workbook.client.many_requests import ManyRequests


class Groups(ManyRequests):
    """The groups of the institution that the token belongs to."""

    def groups(self) -> list[dict]:
        """Lists the institution's groups: `id, name, resource_id, parent_id, association_criteria`."""
        return self.asked_once("/account/institution/groups", GROUPS)

    def subgroups(self, group_id: int) -> list[int]:
        """Returns the ids of all groups below a group, at any depth; children before grandchildren."""
        subgroup_ids, level_ids = [], [id_number(group_id, "group")]
        while level_ids:
            level_ids = [group["id"] for group in self.groups() if group.get("parent_id") in level_ids]
            subgroup_ids += level_ids
        return subgroup_ids
