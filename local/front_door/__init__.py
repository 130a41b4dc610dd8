"""One origin for the page, the REST API and the socket, with the habits of API Gateway that the local AWS lacks.

Every place that mends a gap says what AWS does.
"""
