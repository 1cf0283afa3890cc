"""The test bed of estimation from samples: problems with known truth, the peers as baselines, and who does how well."""
