"""The local stack: an AWS emulator, the template deployed to it and a front-door proxy. Never deployed to AWS."""
