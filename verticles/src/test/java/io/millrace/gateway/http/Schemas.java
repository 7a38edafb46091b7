package io.millrace.gateway.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Tells whether values are what a description says. */
record Schemas(JsonObject description) {
    JsonObject resolve(JsonObject reference) {
        var found = description;
        for (var part : reference.getString("$ref").substring(2).split("/", -1)) found = found.getJsonObject(part);
        return found;
    }

    /** As much of JSON Schema as the descriptions use; gives what does not fit, or null. */
    String mismatch(JsonObject schema, Object value, String at) {
        if (schema.containsKey("$ref")) return mismatch(resolve(schema), value, at);
        if (schema.containsKey("oneOf")) {
            var fitting = schema.getJsonArray("oneOf").stream()
                    .filter(one -> mismatch((JsonObject) one, value, at) == null)
                    .count();
            return fitting == 1 ? null : at + ": " + fitting + " of oneOf fit " + value;
        }
        if (schema.containsKey("enum") && !schema.getJsonArray("enum").contains(value)) return at + ": not " + value;
        var types = schema.getValue("type");
        if (types != null) {
            var list = types instanceof JsonArray several ? several : new JsonArray().add(types);
            if (list.stream().noneMatch(type -> fits((String) type, value)))
                return at + ": " + value + " is not " + types;
        }
        if (value instanceof String text
                && schema.containsKey("pattern")
                && !text.matches(schema.getString("pattern"))) {
            return at + ": " + text;
        }
        if (value instanceof JsonArray array && schema.containsKey("items")) {
            for (int n = 0; n < array.size(); n++) {
                var wrong = mismatch(schema.getJsonObject("items"), array.getValue(n), at + "/" + n);
                if (wrong != null) return wrong;
            }
        }
        return value instanceof JsonObject object ? mismatch(schema, object, at) : null;
    }

    private String mismatch(JsonObject schema, JsonObject object, String at) {
        for (var name : schema.getJsonArray("required", new JsonArray())) {
            if (!object.containsKey((String) name)) return at + "/" + name + " is missing";
        }
        var properties = schema.getJsonObject("properties", new JsonObject());
        for (var member : object) {
            var known = properties.getJsonObject(member.getKey());
            var others = schema.getValue("additionalProperties");
            if (known == null && Boolean.FALSE.equals(others)) return at + "/" + member.getKey() + " is not described";
            if (known == null && others instanceof JsonObject any) known = any;
            var wrong = known == null ? null : mismatch(known, member.getValue(), at + "/" + member.getKey());
            if (wrong != null) return wrong;
        }
        return null;
    }

    private static boolean fits(String type, Object value) {
        return switch (type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new IllegalArgumentException(type);
        };
    }
}
