// Spark Connect 3.5 lets everyone in. This lets in who brings the token: "authorization: Bearer <SPARK_CONNECT_TOKEN>".
// The server loads it by spark.connect.grpc.interceptor.classes.
package org.akko.spark;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;

public final class ConnectToken implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private final byte[] wanted;

  public ConnectToken() {
    String token = System.getenv("SPARK_CONNECT_TOKEN");
    if (token == null || token.isEmpty()) throw new IllegalStateException("SPARK_CONNECT_TOKEN is empty: nobody could be let in");
    wanted = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String given = headers.get(AUTHORIZATION);
    if (given != null && MessageDigest.isEqual(wanted, given.getBytes(StandardCharsets.UTF_8))) return next.startCall(call, headers);
    call.close(Status.UNAUTHENTICATED.withDescription("Spark Connect wants 'authorization: Bearer <token>'"), new Metadata());
    return new ServerCall.Listener<Q>() {};
  }
}
