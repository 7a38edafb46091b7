package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What Vert.x is told, value by value, and where the gateway refuses to listen. */
class SettingsTest {
    @Test
    void nothingThatMattersIsLeftToVertx() {
        var options = ServerSettings.of(new HttpGatewayOptions());
        assertThat(options.getHost()).isEqualTo("127.0.0.1");
        assertThat(options.getPort()).isEqualTo(8080);
        assertThat(options.getIdleTimeoutUnit().toMillis(options.getIdleTimeout()))
                .isEqualTo(60_000);
        assertThat(options.getMaxInitialLineLength()).isEqualTo(4096);
        assertThat(options.getMaxHeaderSize()).isEqualTo(8192);
        assertThat(options.getMaxFormFields()).isZero();
        assertThat(options.isTcpKeepAlive()).isTrue();
        assertThat(options.getTcpUserTimeout()).isEqualTo(30_000);
        assertThat(options.isCompressionSupported()).isFalse();
        assertThat(options.isDecompressionSupported()).isFalse();
        assertThat(options.isHandle100ContinueAutomatically()).isFalse();
        assertThat(options.isHttp2ClearTextEnabled()).isFalse();
        assertThat(options.getInitialSettings().getMaxConcurrentStreams()).isEqualTo(100);
        assertThat(options.getHttp2RstFloodMaxRstFramePerWindow()).isEqualTo(200);
        assertThat(options.getHttp2RstFloodWindowDuration()).isEqualTo(30);
        assertThat(options.getPerFrameWebSocketCompressionSupported()).isFalse();
        assertThat(options.getPerMessageWebSocketCompressionSupported()).isFalse();
        assertThat(options.isAcceptUnmaskedFrames()).isFalse();
        assertThat(options.getWebSocketClosingTimeout()).isEqualTo(2);
        assertThat(options.getMaxWebSocketFrameSize()).isEqualTo(262_144);
        assertThat(options.getMaxWebSocketMessageSize()).isEqualTo(262_144);
    }

    @Test
    void anAddressBeyondLoopbackNeedsAWord() {
        for (var host : new String[] {"127.0.0.1", "::1", "localhost", "127.8.8.8"}) {
            ServerSettings.check(new HttpGatewayOptions().setHost(host));
        }
        for (var host : new String[] {"0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org"}) {
            var options = new HttpGatewayOptions().setHost(host);
            assertThatThrownBy(() -> ServerSettings.check(options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no authentication")
                    .hasMessageContaining("insecure.network: true");
            ServerSettings.check(options.setInsecureNetwork(true));
        }
        var vertx = Vertx.vertx();
        var start = new HttpGateway(new HttpGatewayOptions().setHost("0.0.0.0")).start(vertx, null);
        assertThat(start.failed()).isTrue();
        Served.await(vertx.close());
    }

    @Test
    void optionsGoThroughJsonAndRefuseWhatTheyDoNotKnow() {
        var options = new HttpGatewayOptions().setPort(1).setAllowedHosts(java.util.List.of("a.example"));
        assertThat(new HttpGatewayOptions(options.toJson()).toJson()).isEqualTo(options.toJson());
        assertThat(new HttpGatewayOptions(options).toJson()).isEqualTo(options.toJson());
        assertThat(options.toJson().fieldNames()).isEqualTo(HttpGatewayOptions.SHAPE.keys());
        assertThatThrownBy(() -> new HttpGatewayOptions(new JsonObject().put("prot", 1)))
                .hasMessageContaining("port");
        assertThatThrownBy(() -> new HttpGatewayOptions().setPort(70_000)).hasMessageContaining("port");
    }
}
