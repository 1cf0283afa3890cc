"""The one thing pyproject.toml cannot say: the compiled kernels, which are optional.

Without a compiler the install succeeds and NumPy does the same sums (kullback.kernels.naive).
"""

import sys
from glob import glob

import numpy as np
from setuptools import Extension, setup

NATIVE = "src/kullback/kernels/native"

if sys.platform == "win32":
    compile_args, link_args = ["/std:c++17", "/O2"], []
else:
    # Never -ffast-math (NaN, infinities and error terms count here) and never OpenMP's threads, only its simd pragmas.
    compile_args = [
        *("-std=c++17", "-O3", "-g0", "-fvisibility=hidden", "-fopenmp-simd", "-pthread"),
        *("-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-ffp-contract=fast"),
    ]
    link_args = ["-pthread"]

setup(
    ext_modules=[
        Extension(
            "kullback.kernels._native",
            sources=sorted(glob(f"{NATIVE}/*.cpp")),
            depends=sorted(glob(f"{NATIVE}/*.hpp")),
            include_dirs=[np.get_include()],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
            extra_compile_args=compile_args,
            extra_link_args=link_args,
            language="c++",
            optional=True,
        )
    ]
)
