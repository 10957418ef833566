# SPDX-License-Identifier: Apache-2.0
"""RULES: the rows of every family of operators in one table."""

from __future__ import annotations

from typing import Final

from edgekit.ir import rules, rules_elementwise, rules_layout, rules_reduction, rules_state
from edgekit.ir.rule import Rule

RULES: Final[dict[str, Rule]] = {
    **rules.RULES,
    **rules_elementwise.RULES,
    **rules_layout.RULES,
    **rules_reduction.RULES,
    **rules_state.RULES,
}
