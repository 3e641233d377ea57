"""Parts that machines share: retries, input checks, clear failures, jobs, the roll-out of an endpoint."""
