#include "numpy_api.hpp"

int register_probabilities(PyObject*, int) { return 0; }
