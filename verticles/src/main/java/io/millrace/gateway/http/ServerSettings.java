package io.millrace.gateway.http;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What Vert.x is told about a listener. Everything that matters is set here, and nothing is left to its defaults. */
final class ServerSettings {
    private static final int MOST_FORM_BYTES = 1024;
    private static final int SOCKET_CLOSING_SECONDS = 2;
    private static final int TCP_USER_TIMEOUT_MILLIS = 30_000;

    private ServerSettings() {}

    static HttpServerOptions of(HttpGatewayOptions options) {
        return new HttpServerOptions()
                .setHost(options.getHost())
                .setPort(options.getPort())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(options.getIdleTimeoutMillis())
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true)
                .setTcpUserTimeout(TCP_USER_TIMEOUT_MILLIS)
                .setAcceptBacklog(1024)
                .setMaxInitialLineLength(options.getMaxLineBytes())
                .setMaxHeaderSize(options.getMaxHeaderBytes())
                .setMaxChunkSize(64 << 10)
                .setMaxFormFields(0)
                .setMaxFormAttributeSize(MOST_FORM_BYTES)
                .setMaxFormBufferedBytes(MOST_FORM_BYTES)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                .setHandle100ContinueAutomatically(false)
                .setHttp2ClearTextEnabled(false)
                .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(100))
                .setHttp2RstFloodMaxRstFramePerWindow(200)
                .setHttp2RstFloodWindowDuration(30)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(options.getMaxSocketFrameBytes())
                .setMaxWebSocketMessageSize(options.getMaxSocketFrameBytes())
                .setWebSocketSubProtocols(List.of(Sockets.PROTOCOL))
                .setWebSocketClosingTimeout(SOCKET_CLOSING_SECONDS)
                .setAcceptUnmaskedFrames(false)
                .setRegisterWriteHandler(false)
                .setRegisterWebSocketWriteHandlers(false)
                .setLogActivity(false);
    }

    /** Refuses an address beyond loopback on which nobody is asked who he is, unless that is what the operator wants. */
    static void check(HttpGatewayOptions options) {
        if (options.isInsecureNetwork() || isLoopback(options.getHost())) return;
        throw new IllegalArgumentException("the HTTP gateway has no authentication and would listen on "
                + options.getHost() + ", where others can reach it. Listen on this machine only:\n"
                + "  host: 127.0.0.1\n"
                + "or, if everybody on that network may read and write everything:\n"
                + "  host: " + options.getHost() + "\n"
                + "  insecure.network: true");
    }

    static boolean isLoopback(String host) {
        if (host.equals("localhost")) return true;
        // Names are not looked up: an answer of today need not be that of tomorrow.
        if (!host.matches("[0-9.]+") && host.indexOf(':') < 0) return false;
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException noAddress) {
            return false;
        }
    }
}
