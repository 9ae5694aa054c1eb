from hypothesis import HealthCheck, settings

# A shared machine stalls now and then, which is no failure.
settings.register_profile("suite", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
