// Both planes in one page; the chooser is Swagger UI's own top bar.
SwaggerUIBundle({
  urls: [
    { url: "/api/openapi.json", name: "Developer API" },
    { url: "/dashboard/openapi.json", name: "Dashboard API" },
  ],
  dom_id: "#documentation",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
});
