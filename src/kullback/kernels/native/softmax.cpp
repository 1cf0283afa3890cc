#include "numpy_api.hpp"

int register_softmax(PyObject*, int) { return 0; }
