// The extension module `kullback.kernels._native`: tables of functions, one per level of the processor.
#define KULLBACK_IMPORTS_NUMPY
#include "numpy_api.hpp"

#include "levels.hpp"
#include "threads.hpp"

// Each adds its functions, compiled for the level, to the dictionary; -1 with a Python error set if it cannot.
int register_probabilities(PyObject* functions, int level);
int register_pairwise(PyObject* functions, int level);
int register_softmax(PyObject* functions, int level);
int register_families(PyObject* functions, int level);
int register_neighbours(PyObject* functions, int level);

namespace {

PyObject* functions(PyObject*, PyObject* argument) {
    const long level = PyLong_AsLong(argument);
    if (level == -1 && PyErr_Occurred()) return nullptr;
    if (level < 0 || level > kullback::highest_level())
        return PyErr_Format(PyExc_ValueError, "this processor has levels 0 to %d, not %ld", kullback::highest_level(),
                            level);
    PyObject* table = PyDict_New();
    if (!table) return nullptr;
    if (register_probabilities(table, static_cast<int>(level)) < 0 ||
        register_pairwise(table, static_cast<int>(level)) < 0 || register_softmax(table, static_cast<int>(level)) < 0 ||
        register_families(table, static_cast<int>(level)) < 0 ||
        register_neighbours(table, static_cast<int>(level)) < 0) {
        Py_DECREF(table);
        return nullptr;
    }
    return table;
}

PyObject* highest_level(PyObject*, PyObject*) { return PyLong_FromLong(kullback::highest_level()); }

PyObject* set_threads(PyObject*, PyObject* argument) {
    const long count = PyLong_AsLong(argument);
    if (count == -1 && PyErr_Occurred()) return nullptr;
    kullback::set_threads(count < 1 ? 1 : static_cast<int>(count));
    Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"functions", functions, METH_O, "Return the functions compiled for a level, by name."},
    {"highest_level", highest_level, METH_NOARGS, "Return the highest level that this processor can run."},
    {"set_threads", set_threads, METH_O, "Set how many threads a call may use; the results do not depend on it."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "kullback.kernels._native", "Compiled kernels.", -1, methods, nullptr, nullptr, nullptr,
    nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit__native(void) {
    import_array();
    import_umath();
    return PyModule_Create(&definition);
}
