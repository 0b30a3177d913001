"use strict";

const EXAMPLE = `# Collections, from the top down.
# A token goes into Headers, below:
# {"Authorization": "Bearer obia_..."}
query Collections {
  collections(first: 5) {
    totalCount
    nodes {
      accession
      title
      access
      individuals(first: 3) {
        nodes {
          accession
          studies(first: 3) {
            nodes {
              date
              modalities
              imageCount
            }
          }
        }
      }
    }
  }
}
`;

const page = React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
  defaultQuery: EXAMPLE,
  defaultEditorToolsVisibility: "headers",
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: false, // a token stays in this page and is gone with it
});
ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
