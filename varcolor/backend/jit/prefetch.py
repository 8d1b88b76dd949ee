"""Software prefetch (`llvm.prefetch`) of rows that are needed soon.

Processors prefetch what is read in sequence by themselves, but not across rows.
"""

from __future__ import annotations

from typing import Any

from varcolor.backend.jit.kernel import Instruction

#: float32 numbers that come together.
LINE = 16


def _prefetch() -> Any:
    """Make an entry of a one-dimensional array, by its number, likely to be near when it is read.

    Numbers beyond the array do no harm.
    """
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    declare: Any = cgutils.get_or_insert_function

    def define(_: Any, array: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, values[0]).data
            address = builder.bitcast(builder.gep(data, [values[1]]), ir.IntType(8).as_pointer())
            whole = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [address.type, whole, whole, whole])
            call = declare(builder.module, kind, "llvm.prefetch.p0")
            # To be read; into the second level of caches; data.
            builder.call(call, [address, whole(0), whole(2), whole(1)])
            return context.get_dummy_value()

        return types.void(array, number), generate

    return intrinsic(define)


prefetch = Instruction(_prefetch)
