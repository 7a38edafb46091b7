/**
 * The HTTP gateway: publish, read and administer by plain requests.
 *
 * <p>Start with {@link io.millrace.gateway.http.HttpGateway}, then {@code Listener} (one event loop with its connections),
 * {@code Exchange} (one request and its answer) and {@code Route}, the table of everything that is served. {@code
 * Publish}, {@code NdjsonPublish}, {@code Read} and {@code Topics} are the routes; {@code PublishTurn} makes one batch of
 * what arrives in one turn of the loop; {@code Problem} is every answer that is not a success. Each listener lives on its
 * own event loop; what they share is in {@code Admission}. Ring 2.
 */
@NullMarked
package io.millrace.gateway.http;

import org.jspecify.annotations.NullMarked;
