# SPDX-License-Identifier: Apache-2.0
"""Keras model -> smaller Keras model: one technique a file, put in order by a recipe."""

from edgekit.compress.recipe import Recipe, built_in_recipes, load_recipe, parse_recipe
from edgekit.compress.report import CompressionReport
from edgekit.compress.session import CompressedModel, compress_model

__all__ = [
    "CompressedModel",
    "CompressionReport",
    "Recipe",
    "built_in_recipes",
    "compress_model",
    "load_recipe",
    "parse_recipe",
]
