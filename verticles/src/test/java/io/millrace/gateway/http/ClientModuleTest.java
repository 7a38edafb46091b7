package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The client for JavaScript, as a file that browsers fetch. What it does is tested where there are browsers. */
class ClientModuleTest {
    private static final String PATH = "/client/millrace.js";

    @Test
    void theModuleIsServedWithATypeAndATag() {
        try (var served = new Served()) {
            var whole = served.get(PATH);
            assertThat(whole.statusCode()).isEqualTo(200);
            assertThat(whole.headers().firstValue("content-type")).hasValue("text/javascript; charset=utf-8");
            assertThat(whole.headers().firstValue("cache-control")).hasValue("no-cache");
            assertThat(whole.headers().firstValue("x-content-type-options")).hasValue("nosniff");
            assertThat(whole.body()).contains("export function connect(");
            var tag = whole.headers().firstValue("etag").orElseThrow();
            assertThat(tag).matches("\"[0-9a-f]{16}\"");

            for (var known : new String[] {tag, "W/" + tag, "\"other\", " + tag, "*"}) {
                var again = served.send(served.to(PATH).header("if-none-match", known));
                assertThat(again.statusCode()).as(known).isEqualTo(304);
                assertThat(again.body()).isEmpty();
                assertThat(again.headers().firstValue("etag")).hasValue(tag);
            }
            assertThat(served.send(served.to(PATH).header("if-none-match", "\"other\""))
                            .body())
                    .isEqualTo(whole.body());
        }
    }

    @Test
    void itHasNothingThatAStrictContentSecurityPolicyForbids() {
        try (var served = new Served()) {
            assertThat(served.get(PATH).body())
                    .doesNotContain("eval(")
                    .doesNotContain("new Function")
                    .doesNotContain("innerHTML")
                    .doesNotContainPattern("\\bimport\\s+[{*\\w\"']+\\s+from\\s+['\"](?!http://localhost)");
        }
    }

    @Test
    void foreignPagesNeedPermissionAsForEverything() {
        try (var served =
                new Served(new HttpGatewayOptions().setAllowedOrigins(java.util.List.of("https://shop.example")))) {
            assertThat(served.send(served.to(PATH).header("origin", "https://shop.example"))
                            .headers()
                            .firstValue("access-control-allow-origin"))
                    .hasValue("https://shop.example");
            assertThat(served.send(served.to(PATH).header("origin", "https://foreign.example"))
                            .statusCode())
                    .isEqualTo(403);
        }
    }
}
