# SPDX-License-Identifier: Apache-2.0
"""Every error that a user can act on.

::

    EdgekitError
    |-- UsageError            an argument or a combination of arguments
    |-- DataError             a data set: missing, malformed, of the wrong shape
    |-- ModelError            a model file or a Keras model
    |   |-- MalformedModelError   bytes that are not a valid model
    |   |-- UnsupportedOpError    an operator, type or form that edgekit does not generate
    |   `-- ConversionError       Keras -> .tflite failed
    |-- BoardError            a board file or an unknown board
    |-- DoesNotFitError       the model needs more flash or RAM than the board has
    |-- ToolError             a compiler, emulator or other program: missing or failed
    |-- DeviceError           the board: not found, silent, crashed, or not the one asked for
    |   |-- DeviceSilentError     it stopped answering within the deadline
    |   |-- DeviceGoneError       its port went away
    |   |-- DeviceCrashedError    it faulted or restarted in the middle of a command
    |   `-- WrongFirmwareError    it runs another firmware than the one asked for
    `-- OracleError           the reference interpreter: missing or failed

The message says what was found, what is allowed and what to try. Any other exception is a bug in edgekit and
keeps its traceback.
"""

from __future__ import annotations


class EdgekitError(Exception):
    """Base of all errors that a user can act on. `str(error)` is one line unless a tool's output is quoted."""


class UsageError(EdgekitError):
    """An argument, or a combination of arguments, that makes no sense."""


class DataError(EdgekitError):
    """A data set that is missing, malformed, or does not suit the model."""


class ModelError(EdgekitError):
    """A model that edgekit cannot take."""


class MalformedModelError(ModelError):
    """Bytes that are not a valid model."""


class UnsupportedOpError(ModelError):
    """An operator, data type or form of an operator that edgekit does not generate."""


class ConversionError(ModelError):
    """A Keras model that could not be converted to .tflite."""


class BoardError(EdgekitError):
    """A board file with a mistake, or a board that is not known."""


class DoesNotFitError(EdgekitError):
    """The model needs more flash or RAM than the board has."""


class ToolError(EdgekitError):
    """A program that edgekit calls is missing, failed, or ran past its deadline."""


class DeviceError(EdgekitError):
    """A board that is not found, does not answer, has crashed, or is not the one asked for."""


class DeviceSilentError(DeviceError):
    """A board that stopped answering within the deadline. `lines` are what it said of its reply until then, `inputs`
    those of the inference that does not end, `layer` the layer where it stopped; None where that is not known."""

    lines: tuple[str, ...] = ()
    inputs: tuple[bytes, ...] | None = None
    layer: int | None = None


class DeviceGoneError(DeviceError):
    """A board whose port went away: unplugged, re-enumerated, or its emulator ended."""


class DeviceCrashedError(DeviceError):
    """A board that faulted, or restarted in the middle of a command."""


class WrongFirmwareError(DeviceError):
    """A board that runs another firmware than the one asked for: nothing that it says may be believed."""


class OracleError(EdgekitError):
    """The reference interpreter is missing or failed."""
