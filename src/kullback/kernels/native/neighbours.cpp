// Nearest neighbours and closed balls: the functions of Python. The arrays are made and checked by
// kullback/kernels/neighbours.py; here only their types and layout are looked at.
#include "numpy_api.hpp"

#include "levels.hpp"
#include "neighbour_line.hpp"
#include "neighbour_rows.hpp"
#include "neighbour_tree.hpp"

#if KULLBACK_X86_LEVELS
#include <immintrin.h>
#endif

#define KULLBACK_KERNELS "neighbours.hpp"
#include "for_each_level.hpp"

namespace kullback {

const NeighbourKernels& neighbour_kernels(int level) {
#if KULLBACK_X86_LEVELS
    if (level == LEVEL_V4) return v4::neighbours::KERNELS;
    if (level == LEVEL_V3) return v3::neighbours::KERNELS;
#else
    (void)level;
#endif
    return baseline::neighbours::KERNELS;
}

namespace {

constexpr const char* TREE = "kullback.neighbour_tree";

template <class T>
struct TypeOf;
template <>
struct TypeOf<double> {
    static constexpr int value = NPY_DOUBLE;
};
template <>
struct TypeOf<float> {
    static constexpr int value = NPY_FLOAT;
};
template <>
struct TypeOf<std::int64_t> {
    static constexpr int value = NPY_INT64;
};
template <>
struct TypeOf<std::int32_t> {
    static constexpr int value = NPY_INT32;
};

// A contiguous array that may be written to where `to` is, or None, which is null.
template <class T>
bool read(PyObject* object, T** to) {
    using Value = typename std::remove_const<T>::type;
    *to = nullptr;
    if (object == Py_None) return true;
    PyArrayObject* array = reinterpret_cast<PyArrayObject*>(object);
    if (!PyArray_Check(object) || PyArray_TYPE(array) != TypeOf<Value>::value || !PyArray_ISCARRAY_RO(array) ||
        (!std::is_const<T>::value && !PyArray_ISWRITEABLE(array))) {
        PyErr_SetString(PyExc_TypeError, "a contiguous array of another type is needed");
        return false;
    }
    *to = static_cast<T*>(PyArray_DATA(array));
    return true;
}

bool read_all() { return true; }

template <class T, class... More>
bool read_all(PyObject* object, T** to, More... more) {
    return read(object, to) && read_all(more...);
}

Index length(PyObject* array, int axis = 0) {
    return static_cast<Index>(PyArray_DIM(reinterpret_cast<PyArrayObject*>(array), axis));
}

template <class Work>
PyObject* without_the_lock(const Work& work) {
    bool memory = true;
    PyThreadState* state = PyEval_SaveThread();
    try {
        work();
    } catch (const std::bad_alloc&) {
        memory = false;
    }
    PyEval_RestoreThread(state);
    if (!memory) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

const NeighbourKernels& kernels_of(PyObject* self) { return neighbour_kernels(static_cast<int>(PyLong_AsLong(self))); }

const Tree* tree_of(PyObject* capsule) { return static_cast<const Tree*>(PyCapsule_GetPointer(capsule, TREE)); }

void forget(PyObject* capsule) { delete tree_of(capsule); }

// (points, codes, exponent)
PyObject* make_tree(PyObject*, PyObject* arguments) {
    PyObject *points_array, *codes_array;
    int exponent;
    const double* points;
    const std::int64_t* codes;
    if (!PyArg_ParseTuple(arguments, "OOi", &points_array, &codes_array, &exponent) ||
        !read_all(points_array, &points, codes_array, &codes))
        return nullptr;
    const Index dimensions = length(points_array, 1), count = length(points_array);
    if (dimensions < 2 || dimensions > MOST_DIMENSIONS || count < 1)
        return PyErr_Format(PyExc_ValueError, "%zd points of %zd dimensions", count, dimensions);
    Tree* tree = nullptr;
    PyObject* done = without_the_lock([&] { tree = new Tree(points, codes, count, int(dimensions), exponent); });
    if (!done) return nullptr;
    Py_DECREF(done);
    PyObject* capsule = PyCapsule_New(tree, TREE, forget);
    if (!capsule) delete tree;
    return capsule;
}

// (tree, queries or None for the points, order)
PyObject* tree_order(PyObject*, PyObject* arguments) {
    PyObject *capsule, *queries_array, *order_array;
    const double* queries;
    std::int64_t* order;
    if (!PyArg_ParseTuple(arguments, "OOO", &capsule, &queries_array, &order_array) ||
        !read_all(queries_array, &queries, order_array, &order))
        return nullptr;
    const Tree* tree = tree_of(capsule);
    if (!tree) return nullptr;
    return without_the_lock([&] {
        if (queries)
            tree->sort_queries(queries, length(order_array), order);
        else
            std::copy(tree->order().begin(), tree->order().end(), order);
    });
}

// (tree, queries, query codes, order, k, own, distances, indices)
PyObject* tree_nearest(PyObject* self, PyObject* arguments) {
    PyObject *capsule, *arrays[5];
    Py_ssize_t k;
    int own;
    const double* queries;
    const std::int64_t *codes, *order;
    double* distances;
    std::int64_t* indices;
    if (!PyArg_ParseTuple(arguments, "OOOOnpOO", &capsule, &arrays[0], &arrays[1], &arrays[2], &k, &own,
                          &arrays[3], &arrays[4]) ||
        !read_all(arrays[0], &queries, arrays[1], &codes, arrays[2], &order, arrays[3], &distances, arrays[4],
                  &indices))
        return nullptr;
    const Tree* tree = tree_of(capsule);
    if (!tree) return nullptr;
    return without_the_lock([&] {
        tree->nearest(kernels_of(self), queries, codes, order, length(arrays[2]), k, own != 0, distances, indices);
    });
}

// The arrays of balls, in the order: radii, point codes, query codes, query values, point values, counts, sums, pulled.
bool read_balls(PyObject* const* arrays, Balls& balls) {
    if (!read_all(arrays[0], &balls.radii, arrays[1], &balls.point_codes, arrays[2], &balls.query_codes, arrays[3],
                  &balls.query_values, arrays[4], &balls.point_values, arrays[5], &balls.counts, arrays[6],
                  &balls.sums, arrays[7], &balls.pulled))
        return false;
    balls.count = length(arrays[0]);
    balls.points = length(arrays[1]);
    return true;
}

// (tree, queries, order, own, *balls)
PyObject* tree_within(PyObject* self, PyObject* arguments) {
    PyObject *capsule, *arrays[2], *of_balls[8];
    int own;
    const double* queries;
    const std::int64_t* order;
    Balls balls{};
    if (!PyArg_ParseTuple(arguments, "OOOpOOOOOOOO", &capsule, &arrays[0], &arrays[1], &own, &of_balls[0], &of_balls[1],
                          &of_balls[2], &of_balls[3], &of_balls[4], &of_balls[5], &of_balls[6], &of_balls[7]) ||
        !read_all(arrays[0], &queries, arrays[1], &order) || !read_balls(of_balls, balls))
        return nullptr;
    balls.own = own != 0;
    const Tree* tree = tree_of(capsule);
    if (!tree) return nullptr;
    return without_the_lock([&] { tree->within(kernels_of(self), queries, order, balls); });
}

// (points, queries, point codes or None, query codes or None, own, k, distances, indices)
PyObject* line_nearest(PyObject*, PyObject* arguments) {
    PyObject* arrays[6];
    int own;
    Py_ssize_t k;
    const double *points, *queries;
    const std::int64_t *point_codes, *query_codes;
    double* distances;
    std::int64_t* indices;
    if (!PyArg_ParseTuple(arguments, "OOOOpnOO", &arrays[0], &arrays[1], &arrays[2], &arrays[3], &own, &k, &arrays[4],
                          &arrays[5]) ||
        !read_all(arrays[0], &points, arrays[1], &queries, arrays[2], &point_codes, arrays[3], &query_codes, arrays[4],
                  &distances, arrays[5], &indices))
        return nullptr;
    return without_the_lock([&] {
        const Line line(points, length(arrays[0]));
        nearest_on_line(line, queries, length(arrays[1]), point_codes, query_codes, own != 0, k, distances, indices);
    });
}

// (points, queries, own, *balls)
PyObject* line_within(PyObject*, PyObject* arguments) {
    PyObject *arrays[2], *of_balls[8];
    int own;
    const double *points, *queries;
    Balls balls{};
    if (!PyArg_ParseTuple(arguments, "OOpOOOOOOOO", &arrays[0], &arrays[1], &own, &of_balls[0], &of_balls[1],
                          &of_balls[2], &of_balls[3], &of_balls[4], &of_balls[5], &of_balls[6], &of_balls[7]) ||
        !read_all(arrays[0], &points, arrays[1], &queries) || !read_balls(of_balls, balls))
        return nullptr;
    balls.own = own != 0;
    return without_the_lock([&] {
        const Line line(points, length(arrays[0]));
        if (queries == points && length(arrays[1]) == length(arrays[0]))
            within_on_line(line, line, balls);
        else
            within_on_line(line, Line(queries, length(arrays[1])), balls);
    });
}

// The arrays of rows, in the order: points, queries, point codes, query codes, point norms, query norms.
bool read_rows(PyObject* const* arrays, Rows& rows) {
    if (!read_all(arrays[0], &rows.points, arrays[1], &rows.queries, arrays[2], &rows.point_codes, arrays[3],
                  &rows.query_codes, arrays[4], &rows.point_norms, arrays[5], &rows.query_norms))
        return false;
    rows.dimensions = length(arrays[0], 1);
    return true;
}

// (*rows, c, shrink, exponent, product, first, done, k, distances, indices, decided, waiting, limits, found, values)
PyObject* rows_nearest(PyObject* self, PyObject* arguments) {
    PyObject *of_rows[6], *product_array, *arrays[7];
    int exponent, done;
    double c, shrink;
    Py_ssize_t k, first;
    Rows rows{nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0.0, 0.0, Scale(0)};
    Candidates candidates{};
    const float* product;
    if (!PyArg_ParseTuple(arguments, "OOOOOOddiOnpnOOOOOOO", &of_rows[0], &of_rows[1], &of_rows[2], &of_rows[3],
                          &of_rows[4], &of_rows[5], &c, &shrink, &exponent, &product_array, &first, &done, &k,
                          &arrays[0], &arrays[1], &arrays[2], &arrays[3], &arrays[4], &arrays[5], &arrays[6]) ||
        !read_rows(of_rows, rows) ||
        !read_all(product_array, &product, arrays[0], &candidates.distances, arrays[1], &candidates.indices, arrays[2],
                  &candidates.decided, arrays[3], &candidates.waiting, arrays[4], &candidates.limits, arrays[5],
                  &candidates.found, arrays[6], &candidates.values))
        return nullptr;
    rows.c = c, rows.shrink = shrink, rows.unit = Scale(exponent);
    candidates.k = k;
    candidates.room = length(arrays[5], 1);
    return without_the_lock([&] {
        nearest_in_rows(kernels_of(self), rows, candidates, product, length(product_array), length(product_array, 1),
                        first, done != 0);
    });
}

// (*rows, c, shrink, exponent, product, first, *balls)
PyObject* rows_within(PyObject* self, PyObject* arguments) {
    PyObject *of_rows[6], *product_array, *of_balls[8];
    int exponent;
    double c, shrink;
    Py_ssize_t first;
    Rows rows{nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr, 0.0, 0.0, Scale(0)};
    Balls balls{};
    const float* product;
    if (!PyArg_ParseTuple(arguments, "OOOOOOddiOnOOOOOOOO", &of_rows[0], &of_rows[1], &of_rows[2], &of_rows[3],
                          &of_rows[4], &of_rows[5], &c, &shrink, &exponent, &product_array, &first, &of_balls[0],
                          &of_balls[1], &of_balls[2], &of_balls[3], &of_balls[4], &of_balls[5], &of_balls[6],
                          &of_balls[7]) ||
        !read_rows(of_rows, rows) || !read(product_array, &product) || !read_balls(of_balls, balls))
        return nullptr;
    rows.c = c, rows.shrink = shrink, rows.unit = Scale(exponent);
    return without_the_lock([&] {
        within_in_rows(kernels_of(self), rows, balls, product, length(product_array, 1), first);
    });
}

PyMethodDef methods[] = {
    {"neighbour_tree", make_tree, METH_VARARGS, "Return a tree of points."},
    {"neighbour_order", tree_order, METH_VARARGS, "Write an order of queries in which near ones follow one another."},
    {"neighbour_tree_nearest", tree_nearest, METH_VARARGS, "Write the nearest neighbours, found in a tree."},
    {"neighbour_tree_within", tree_within, METH_VARARGS, "Write what balls hold, found in a tree."},
    {"neighbour_line_nearest", line_nearest, METH_VARARGS, "Write the nearest neighbours on a line."},
    {"neighbour_line_within", line_within, METH_VARARGS, "Write what intervals hold."},
    {"neighbour_rows_nearest", rows_nearest, METH_VARARGS, "Go through a block of products of queries and points."},
    {"neighbour_rows_within", rows_within, METH_VARARGS, "Add what balls hold, from a block of products."},
};

}  // namespace
}  // namespace kullback

int register_neighbours(PyObject* functions, int level) {
    PyObject* self = PyLong_FromLong(level);
    if (!self) return -1;
    for (PyMethodDef& method : kullback::methods) {
        PyObject* function = PyCFunction_New(&method, self);
        if (!function || PyDict_SetItemString(functions, method.ml_name, function) < 0) {
            Py_XDECREF(function);
            Py_DECREF(self);
            return -1;
        }
        Py_DECREF(function);
    }
    Py_DECREF(self);
    return 0;
}
