package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.millrace.config.JsonShape;
import io.millrace.server.ValueType.Form;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file, YAML or JSON, into texts by key. Dots in a key and objects in objects mean the same. {@code
 * ${NAME}} in a text stands for a variable of the environment, {@code $$} for a dollar sign. Whatever is not understood
 * completely is refused: {@link ConfigException} names file, line and key.
 */
final class ConfigFile {
    static final int MOST_BYTES = 1 << 20;
    private static final int DEEPEST = 8;
    private static final Pattern REFERENCE = Pattern.compile("\\$(?:\\$|\\{([^}]*)})");

    /** What the file says of one key. */
    record Entry(String text, int line) {}

    private final String name;
    private final Map<String, String> environment;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();
    private int line = 1;

    private ConfigFile(String name, Map<String, String> environment) {
        this.name = name;
        this.environment = environment;
    }

    static Map<String, Entry> read(Path file, Map<String, String> environment) {
        return parse(file.toString(), content(file), environment);
    }

    /** The entries of a file of that name and content. */
    static Map<String, Entry> parse(String name, byte[] content, Map<String, String> environment) {
        var file = new ConfigFile(name, environment);
        if (content.length > MOST_BYTES) {
            throw new ConfigException(
                    name + ": is larger than the " + MOST_BYTES + " bytes that a configuration may have");
        }
        var text = file.decode(content);
        try (var parser = parserOf(name, text)) {
            file.readAll(parser);
        } catch (JacksonException e) {
            throw file.syntax(e);
        } catch (IOException e) {
            throw new ConfigException(name + ": " + e.getMessage());
        }
        return file.entries;
    }

    private static byte[] content(Path file) {
        try {
            if (!Files.exists(file)) throw new ConfigException(file + ": there is no such file");
            if (!Files.isRegularFile(file)) throw new ConfigException(file + ": is not a regular file");
            try (var in = Files.newInputStream(file)) {
                return in.readNBytes(MOST_BYTES + 1);
            }
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e);
        }
    }

    private String decode(byte[] content) {
        if (startsWith(content, 0xef, 0xbb, 0xbf))
            throw at(1, "starts with a byte order mark; save it as UTF-8 without");
        if (startsWith(content, 0xfe, 0xff) || startsWith(content, 0xff, 0xfe))
            throw at(1, "is UTF-16; save it as UTF-8");
        var bytes = ByteBuffer.wrap(content);
        try {
            return UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
        } catch (CharacterCodingException e) {
            int lines = 1;
            for (int i = 0; i < bytes.position(); i++) if (content[i] == '\n') lines++;
            throw at(lines, "is not UTF-8");
        }
    }

    private static boolean startsWith(byte[] content, int... bytes) {
        if (content.length < bytes.length) return false;
        for (int i = 0; i < bytes.length; i++) if ((content[i] & 0xff) != bytes[i]) return false;
        return true;
    }

    private static JsonParser parserOf(String name, String text) throws IOException {
        boolean json = name.endsWith(".json")
                || (!name.endsWith(".yaml")
                        && !name.endsWith(".yml")
                        && text.stripLeading().startsWith("{"));
        return (json ? new JsonFactory() : new YAMLFactory()).createParser(text);
    }

    private void readAll(JsonParser parser) throws IOException {
        var first = next(parser);
        if (first == null) {
            if (parser instanceof YAMLParser) return;
            throw at(line, "is empty; write {} for no configuration");
        }
        if (first == JsonToken.VALUE_NULL && parser instanceof YAMLParser) return;
        if (first != JsonToken.START_OBJECT) throw at(line, "must be an object of keys and values");
        refuseYamlExtras(parser, name);
        object(parser, "", 1);
        if (next(parser) != null) throw at(line, "goes on after its end: one document is all there may be");
    }

    private void object(JsonParser parser, String prefix, int depth) throws IOException {
        while (next(parser) == JsonToken.FIELD_NAME) {
            int start = line;
            var path = prefix + parser.currentName();
            if (!seen.add(path)) throw at(start, ConfigException.quoted(path) + " is there twice");
            var value = next(parser);
            refuseYamlExtras(parser, path);
            if (value == JsonToken.START_OBJECT) {
                if (depth == DEEPEST || !isPrefix(path))
                    throw ServerKey.ALL.containsKey(path) ? wrongType(start, path) : unknown(start, path);
                object(parser, path + ".", depth + 1);
                continue;
            }
            var key = ServerKey.ALL.get(path);
            if (key == null) throw unknown(start, path);
            entries.put(path, new Entry(scalar(parser, value, key, start), start));
        }
    }

    private String scalar(JsonParser parser, @Nullable JsonToken token, ServerKey key, int start) throws IOException {
        var form = key.type().form();
        if (token == JsonToken.VALUE_STRING) {
            var text = parser.getText();
            var resolved = resolve(text, key.key(), start);
            boolean referred = text.contains("${");
            if (referred || form == Form.TEXT || form == Form.AMOUNT || form == Form.RATIO) return resolved;
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            if (form == Form.NUMBER || form == Form.AMOUNT || form == Form.RATIO) return parser.getText();
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            if (form == Form.RATIO) return parser.getText();
        } else if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            // YAML knows more words for them, such as yes, which are refused where the value is parsed
            if (form == Form.SWITCH) return parser.getText();
        }
        throw wrongType(start, key.key());
    }

    private String resolve(String text, String key, int start) {
        var resolved = new StringBuilder();
        var reference = REFERENCE.matcher(text);
        while (reference.find()) {
            var variable = reference.group(1);
            var value = variable == null ? "$" : environment.get(variable);
            if (value == null) {
                throw at(
                        start,
                        key + ": " + ConfigException.quoted(reference.group())
                                + " names no variable of the environment; write $$ for a dollar sign");
            }
            reference.appendReplacement(resolved, Matcher.quoteReplacement(value));
        }
        return reference.appendTail(resolved).toString();
    }

    private void refuseYamlExtras(JsonParser parser, String path) throws IOException {
        if (!(parser instanceof YAMLParser yaml)) return;
        if (yaml.isCurrentAlias() || yaml.getObjectId() != null || yaml.getTypeId() != null) {
            throw at(line, ConfigException.quoted(path) + ": anchors, aliases and tags are not taken");
        }
    }

    /** Remembers the line, which an exception may not know. */
    private @Nullable JsonToken next(JsonParser parser) throws IOException {
        try {
            var token = parser.nextToken();
            if (token != null) line = Math.max(1, parser.currentTokenLocation().getLineNr());
            return token;
        } catch (RuntimeException e) { // the YAML scanner has more ways to fail than it declares
            throw at(line, "cannot be understood: " + e.getMessage());
        }
    }

    private static boolean isPrefix(String path) {
        var prefix = path + ".";
        return ServerKey.ALL.keySet().stream().anyMatch(key -> key.startsWith(prefix));
    }

    private ConfigException unknown(int start, String path) {
        var near = JsonShape.nearest(path.substring(0, Math.min(path.length(), 200)), ServerKey.ALL.keySet());
        return at(start, "there is no key " + ConfigException.quoted(path) + "; the nearest is \"" + near + "\"");
    }

    private ConfigException wrongType(int start, String key) {
        var known = ServerKey.ALL.get(key);
        return at(
                start,
                key + " must be "
                        + (known == null ? "a value" : known.type().form().words()));
    }

    private ConfigException syntax(JacksonException e) {
        var location = e.getLocation();
        int where = location == null ? line : Math.max(line, location.getLineNr());
        return at(
                where,
                "cannot be understood: "
                        + e.getOriginalMessage().lines().findFirst().orElse("syntax error"));
    }

    private ConfigException at(int line, String what) {
        return new ConfigException(name + " line " + line + ": " + what);
    }
}
