"""The GraphQL types, inputs and SDL: what the API promises. Resolvers speak to a `Reader` and a `Writer`."""
