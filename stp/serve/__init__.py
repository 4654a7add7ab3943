"""`stp serve`: the pool's checks over HTTP. docs/service.md describes the endpoints.

app.py        endpoints, from request to answer
gate.py       what is refused before an endpoint sees it: no token, no JSON, too large
forms.py      our own request and answer forms, pure
kimina.py     the Kimina Lean Server's forms, pure
scheduler.py  the bounded queue in front of the pool, fair between requests
metrics.py    Prometheus figures
run.py        socket, token, signals
"""

#: The command that a missing extra is answered with: the packages of `[serve]` by name, for `stp` itself may have
#: been installed from anywhere.
INSTALL = "pip install httpx prometheus-client starlette uvicorn"
