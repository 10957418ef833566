# SPDX-License-Identifier: Apache-2.0
"""`python -m edgekit` is the command `edgekit`."""

from edgekit.cli.main import main

main()
