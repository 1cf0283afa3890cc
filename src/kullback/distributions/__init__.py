"""The ways in which a distribution may be known, one per file."""

from kullback.distributions.counts import Counts as Counts
from kullback.distributions.counts import counts as counts
from kullback.distributions.gamma import Gamma as Gamma
from kullback.distributions.gamma import gamma as gamma
from kullback.distributions.log_probabilities import LogProbabilities as LogProbabilities
from kullback.distributions.log_probabilities import log_probs as log_probs
from kullback.distributions.logits import Logits as Logits
from kullback.distributions.logits import logits as logits
from kullback.distributions.normal import Normal as Normal
from kullback.distributions.normal import normal as normal
from kullback.distributions.probabilities import Probabilities as Probabilities
from kullback.distributions.probabilities import probs as probs
from kullback.distributions.samples import Samples as Samples
from kullback.distributions.samples import samples as samples
