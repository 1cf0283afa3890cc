"""The divergences, one file each, and a catalogue of representative members on which the laws are tested."""

from kullback.divergence import Divergence
from kullback.divergences.amari import amari as amari
from kullback.divergences.bhattacharyya import bhattacharyya as bhattacharyya
from kullback.divergences.chernoff import chernoff as chernoff
from kullback.divergences.chi_square import chi2 as chi2
from kullback.divergences.chi_square import neyman_chi2 as neyman_chi2
from kullback.divergences.cressie_read import cressie_read as cressie_read
from kullback.divergences.f_divergence import excess_over_thrice, skewed_le_cam, slope_of_skewed_le_cam
from kullback.divergences.f_divergence import f_divergence as f_divergence
from kullback.divergences.hellinger import hellinger as hellinger
from kullback.divergences.hockey_stick import hockey_stick as hockey_stick
from kullback.divergences.jeffreys import jeffreys as jeffreys
from kullback.divergences.jeffreys import psi as psi
from kullback.divergences.jensen_shannon import jensen_shannon as jensen_shannon
from kullback.divergences.jensen_shannon import js as js
from kullback.divergences.kl import kl as kl
from kullback.divergences.renyi import renyi as renyi
from kullback.divergences.skew_kl import skew_kl as skew_kl
from kullback.divergences.total_variation import tv as tv
from kullback.divergences.triangular import triangular as triangular
from kullback.divergences.tsallis import tsallis as tsallis

catalogue: tuple[Divergence, ...] = (
    *(kl, kl.reverse),
    jeffreys,
    *(js, jensen_shannon(weights=(0.2, 0.8)), jensen_shannon(weights=(0.999, 0.001))),
    tv,
    hellinger,
    *(chi2, neyman_chi2),
    *(renyi(alpha) for alpha in (0.0, 0.01, 0.3, 0.5, 0.7, 0.999999, 1.0, 1.000001, 2.0, 10.0, float("inf"))),
    renyi(3.0).reverse,
    bhattacharyya,
    *(tsallis(alpha) for alpha in (0.0, 0.3, 0.5, 1.0, 1.5, 3.0)),
    *(cressie_read(lam) for lam in (-2.5, -1.0, -0.7, -0.5, 0.0, 2 / 3)),
    *(amari(alpha) for alpha in (-3.0, -1.0, 0.0, 0.4, 1.0)),
    triangular,
    *(skew_kl(alpha) for alpha in (0.0, 1e-6, 0.3, 0.99)),
    skew_kl(0.1).reverse,
    *(hockey_stick(gamma) for gamma in (1.0, 1.25, 3.0)),
    chernoff,
    f_divergence(skewed_le_cam, derivative=slope_of_skewed_le_cam),
    f_divergence(excess_over_thrice),
)
