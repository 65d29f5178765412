"""The ground floor: what everything else stands on; knows neither tables nor HTTP."""
