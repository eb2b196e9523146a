"""Punches and the server's own reports (utimemaster-api 10; biotimecloud-api 9 and "5 Att")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.biotime.calls.caller import Caller
from wire.biotime.envelope import Page

ALL: Final = "-1"  # of departments, employees, areas, groups: no filter


class PunchCalls(Caller):
    """Dates of reports are `YYYY-MM-DD`, both ends included; a report may hold rows outside of them (spec A3)."""

    async def transactions_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: emp_code, terminal_sn, start_time, end_time (`YYYY-MM-DD HH:MM:SS`, compared with punch_time).

        ordering: punch_time, upload_time or either with `-`; a server may ignore it without a word.
        """
        return await self.list_page("transactions", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def total_time_card_report_page(
        self,
        start_date: str,
        end_date: str,
        *,
        departments: str = ALL,
        employees: str = ALL,
        page: int = 1,
        page_size: int = 0,
    ) -> Page:
        filters = {
            "start_date": start_date,
            "end_date": end_date,
            "departments": departments,
            "employees": employees,
        }
        return await self.list_page("total_time_card_report", page=page, page_size=page_size, filters=filters)

    async def total_time_card_report_v2_page(
        self,
        start_date: str,
        end_date: str,
        *,
        departments: str = ALL,
        employees: str = ALL,
        areas: str = ALL,
        groups: str = ALL,
        page: int = 1,
        page_size: int = 0,
    ) -> Page:
        """Of newer servers."""
        filters = {
            "start_date": start_date,
            "end_date": end_date,
            "departments": departments,
            "employees": employees,
            "areas": areas,
            "groups": groups,
        }
        return await self.list_page("total_time_card_report_v2", page=page, page_size=page_size, filters=filters)
