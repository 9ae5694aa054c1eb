from hypothesis import settings

settings.register_profile("suite", max_examples=50, deadline=None)  # a shared machine stalls now and then
settings.load_profile("suite")
