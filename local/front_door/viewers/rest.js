// Swagger UI with the OpenAPI document of the running stack; "Try it out" calls this stack.
window.SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#document",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: true,
  validatorUrl: null,
});
