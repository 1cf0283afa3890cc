// Divergences of logits: the functions of Python.
#include "numpy_api.hpp"

#include <cstdint>

#include "levels.hpp"
#include "threads.hpp"

namespace kullback {

using softmax_uint16 = std::uint16_t;
using softmax_uint32 = std::uint32_t;
using softmax_uint64 = std::uint64_t;
using softmax_int64 = std::int64_t;

// In the order of KINDS and MEMBERS in softmax.py.
enum Kind { FLOAT64, FLOAT32, FLOAT16, BFLOAT16 };
enum Member { KL, JEFFREYS, JS, TV, HELLINGER, CHI2, RENYI, TOTAL };

struct Task {
    Member member;
    Kind kind;
    bool swapped;        // D(Q‖P)
    double beta;         // of Σ p^α q^β, where α + β = 1
    double factor;       // times the value
    Index rows, size;
    const void *a, *b;
    Index a_stride, b_stride;  // in bytes, from row to row
    const double* weight;     // the gradient from upstream, or null
    double* value;
    void *to_a, *to_b;  // the gradients, or null
    Index chunk;         // rows of one task of a thread
    void (*rows_of)(const Task&, Index begin, Index end);
};

}  // namespace kullback

#define KULLBACK_KERNELS "softmax.hpp"
#include "for_each_level.hpp"

namespace {

using kullback::Index;
using kullback::Task;
using RowsOf = void (*)(const Task&, Index, Index);

// Below this many outcomes in all, starting a thread costs more than it saves.
constexpr Index WORTH_A_THREAD = 1 << 18;

void run_chunk(void* context, Index index) {
    const Task& task = *static_cast<const Task*>(context);
    const Index begin = index * task.chunk, end = begin + task.chunk < task.rows ? begin + task.chunk : task.rows;
    task.rows_of(task, begin, end);
}

void run(Task& task) {
    PyThreadState* state = PyEval_SaveThread();
    if (task.rows * task.size < WORTH_A_THREAD) {
        task.rows_of(task, 0, task.rows);
    } else {
        const Index rows = (WORTH_A_THREAD / 4) / (task.size > 0 ? task.size : 1);
        task.chunk = rows > 1 ? rows : 1;
        kullback::run_tasks((task.rows + task.chunk - 1) / task.chunk, run_chunk, &task);
    }
    PyEval_RestoreThread(state);
}

// Whether the object is an array of shape (rows, size) of the kind's item size, contiguous along the last axis.
bool read_rows(PyObject* object, const char* name, Index item, Index& rows, Index& size, const void** data, Index* stride) {
    if (!PyArray_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s is not an array", name);
        return false;
    }
    PyArrayObject* array = reinterpret_cast<PyArrayObject*>(object);
    if (PyArray_NDIM(array) != 2 || PyArray_ITEMSIZE(array) != item || !PyArray_ISALIGNED(array) ||
        !PyArray_ISNOTSWAPPED(array) || (PyArray_DIM(array, 1) > 1 && PyArray_STRIDE(array, 1) != item)) {
        PyErr_Format(PyExc_ValueError, "%s is not an aligned array of contiguous rows of its kind", name);
        return false;
    }
    if (rows < 0) {
        rows = static_cast<Index>(PyArray_DIM(array, 0));
        size = static_cast<Index>(PyArray_DIM(array, 1));
    } else if (PyArray_DIM(array, 0) != rows || PyArray_DIM(array, 1) != size) {
        PyErr_Format(PyExc_ValueError, "%s has another shape", name);
        return false;
    }
    *data = PyArray_DATA(array);
    *stride = static_cast<Index>(PyArray_STRIDE(array, 0));
    return true;
}

bool read_vector(PyObject* object, const char* name, Index rows, double** data) {
    if (object == Py_None) return true;
    PyArrayObject* array = reinterpret_cast<PyArrayObject*>(object);
    if (!PyArray_Check(object) || PyArray_TYPE(array) != NPY_DOUBLE || PyArray_NDIM(array) != 1 ||
        PyArray_DIM(array, 0) != rows || !PyArray_ISCARRAY_RO(array)) {
        PyErr_Format(PyExc_ValueError, "%s is not a contiguous float64 array with one number per row", name);
        return false;
    }
    *data = static_cast<double*>(PyArray_DATA(array));
    return true;
}

bool read_output(PyObject* object, const char* name, Index item, Index& rows, Index& size, void** data) {
    if (object == Py_None) return true;
    const void* found;
    Index stride;
    if (!read_rows(object, name, item, rows, size, &found, &stride)) return false;
    if (!PyArray_ISCARRAY(reinterpret_cast<PyArrayObject*>(object))) {
        PyErr_Format(PyExc_ValueError, "%s is not a contiguous array that can be written to", name);
        return false;
    }
    *data = const_cast<void*>(found);
    return true;
}

// softmax_rows(member, kind, swapped, beta, factor, a, b, weight, value, to_a, to_b): the last ones may be None.
template <RowsOf ROWS>
PyObject* softmax_rows(PyObject*, PyObject* arguments) {
    int member, kind, swapped;
    Task task{};
    PyObject *a, *b, *weight, *value, *to_a, *to_b;
    if (!PyArg_ParseTuple(arguments, "iipddOOOOOO", &member, &kind, &swapped, &task.beta, &task.factor, &a, &b, &weight,
                          &value, &to_a, &to_b))
        return nullptr;
    if (member < 0 || member > kullback::TOTAL || kind < 0 || kind > kullback::BFLOAT16)
        return PyErr_Format(PyExc_ValueError, "member %d, kind %d", member, kind);
    task.member = static_cast<kullback::Member>(member);
    task.kind = static_cast<kullback::Kind>(kind);
    task.swapped = swapped != 0;
    const Index item = kind == kullback::FLOAT64 ? 8 : kind == kullback::FLOAT32 ? 4 : 2;
    task.rows = -1;
    double* upstream = nullptr;
    if (!read_rows(a, "a", item, task.rows, task.size, &task.a, &task.a_stride)) return nullptr;
    if (task.member != kullback::TOTAL && !read_rows(b, "b", item, task.rows, task.size, &task.b, &task.b_stride))
        return nullptr;
    if (!read_vector(weight, "weight", task.rows, &upstream) || !read_vector(value, "value", task.rows, &task.value) ||
        !read_output(to_a, "to_a", item, task.rows, task.size, &task.to_a) ||
        !read_output(to_b, "to_b", item, task.rows, task.size, &task.to_b))
        return nullptr;
    task.weight = upstream;
    if (!task.value || ((task.to_a || task.to_b) && !task.weight))
        return PyErr_Format(PyExc_ValueError, "value is needed, and weight for gradients");
    task.rows_of = ROWS;
    run(task);
    Py_RETURN_NONE;
}

template <RowsOf ROWS>
PyMethodDef* method() {
    static PyMethodDef definition = {"softmax_rows", softmax_rows<ROWS>, METH_VARARGS,
                                     "Divergences of the rows of two arrays of logits, or the totals of one."};
    return &definition;
}

}  // namespace

int register_softmax(PyObject* functions, int level) {
    PyMethodDef* definition = method<kullback::baseline::softmax::do_rows>();
#if KULLBACK_X86_LEVELS
    if (level == kullback::LEVEL_V3) definition = method<kullback::v3::softmax::do_rows>();
    if (level == kullback::LEVEL_V4) definition = method<kullback::v4::softmax::do_rows>();
#endif
    PyObject* function = PyCFunction_New(definition, nullptr);
    if (!function) return -1;
    const int status = PyDict_SetItemString(functions, "softmax_rows", function);
    Py_DECREF(function);
    return status;
}
