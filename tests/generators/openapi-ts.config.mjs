// Node needs the extensions of imported files; bundlers need no such option.
export default { input: "openapi.json", output: { path: "hey-api", module: { extension: ".js" } } };
