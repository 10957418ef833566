# SPDX-License-Identifier: Apache-2.0
"""Who lives where in RAM."""

from edgekit.planner.lifetimes import lifetimes, views
from edgekit.planner.memory import ALIGNMENT, plan_memory
from edgekit.planner.plan import Lifetime, MemoryPlan, Overlap

__all__ = ["ALIGNMENT", "Lifetime", "MemoryPlan", "Overlap", "lifetimes", "plan_memory", "views"]
