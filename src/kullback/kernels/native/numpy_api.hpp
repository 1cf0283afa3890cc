// Python and NumPy headers, with one table of NumPy's functions for the whole extension. Include this first.
#pragma once

#define PY_SSIZE_T_CLEAN
#define PY_ARRAY_UNIQUE_SYMBOL kullback_array_api
#define PY_UFUNC_UNIQUE_SYMBOL kullback_ufunc_api
#ifndef KULLBACK_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#endif

#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>
