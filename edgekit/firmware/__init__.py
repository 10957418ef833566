# SPDX-License-Identifier: Apache-2.0
"""GeneratedModel + Board -> FirmwareImage."""

from edgekit.firmware.build import build_project, find_image
from edgekit.firmware.fit import Fit, check_fit, require_fit
from edgekit.firmware.image import FirmwareImage
from edgekit.firmware.project import write_project
from edgekit.firmware.sections import SectionSizes

__all__ = [
    "FirmwareImage",
    "Fit",
    "SectionSizes",
    "build_project",
    "check_fit",
    "find_image",
    "require_fit",
    "write_project",
]
