"""Heavy tails on the line, with a ratio whose variance is finite."""

from tests.calibration.laws import laplace, log_normal, mixture, normal, pareto, student_t
from tests.calibration.pair import on_line

PAIRS = {
    "t3_shift": on_line(student_t(3), student_t(3, 1.0)),
    "cauchy_shift": on_line(student_t(1), student_t(1, 1.5)),
    "cauchy_scale": on_line(student_t(1), student_t(1, 0.0, 2.5)),
    "lognormal_pair": on_line(log_normal(0, 1), log_normal(0.5, 1.2)),
    "pareto_pair": on_line(pareto(2.5), pareto(1.2)),
    "laplace_t2": on_line(laplace(0.5, 1.0), student_t(2)),
    "outliers": on_line(
        mixture([0.95, 0.05], [normal(), normal(0, 10)]), mixture([0.85, 0.15], [normal(0.3), normal(0, 10)])
    ),
}
