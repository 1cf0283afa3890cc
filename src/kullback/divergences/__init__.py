"""The divergences, one file each, and a catalogue of representative members on which the laws are tested."""

from kullback.divergence import Divergence
from kullback.divergences.chi_square import chi2 as chi2
from kullback.divergences.chi_square import neyman_chi2 as neyman_chi2
from kullback.divergences.hellinger import hellinger as hellinger
from kullback.divergences.jeffreys import jeffreys as jeffreys
from kullback.divergences.jeffreys import psi as psi
from kullback.divergences.jensen_shannon import jensen_shannon as jensen_shannon
from kullback.divergences.jensen_shannon import js as js
from kullback.divergences.kl import kl as kl
from kullback.divergences.renyi import renyi as renyi
from kullback.divergences.total_variation import tv as tv
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
    *(tsallis(alpha) for alpha in (0.0, 0.3, 0.5, 1.0, 1.5, 3.0)),
)
