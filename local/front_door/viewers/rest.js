// Swagger UI, reading the document the stack itself serves; "Try it out" talks to this very stack.
window.SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#document",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: true,
  validatorUrl: null,
});
