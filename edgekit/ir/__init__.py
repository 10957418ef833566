# SPDX-License-Identifier: Apache-2.0
"""The narrow waist: a model as pure data, without a word of TFLite, C or boards."""
