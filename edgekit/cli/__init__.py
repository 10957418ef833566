# SPDX-License-Identifier: Apache-2.0
"""The command line: a verb reads its arguments, calls one function below, renders what comes back."""
