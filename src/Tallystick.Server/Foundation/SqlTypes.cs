using System.Data;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Tallystick.Core.Amounts;
using Tallystick.Core.Ids;
using Tallystick.Core.Json;

namespace Tallystick.Server.Foundation;

/// <summary>How our types stand in the database: ids as uuid, instants as timestamptz, currencies as text, documents as jsonb.</summary>
internal static class SqlTypes
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        foreach (var id in typeof(WorkId).Assembly.GetTypes().Where(IsTypedId))
        {
            var handler = typeof(TypedIdHandler<>).MakeGenericType(id);
            SqlMapper.AddTypeHandler(id, (SqlMapper.ITypeHandler)Activator.CreateInstance(handler)!);
        }

        SqlMapper.AddTypeHandler(new CurrencyHandler());
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.AddTypeHandler(new InstantHandler());
        SqlMapper.AddTypeHandler(new JsonHandler());
        SqlMapper.AddTypeHandler(new ArrayHandler<Guid>());
        SqlMapper.AddTypeHandler(new ArrayHandler<string>());
    }

    /// <summary>A jsonb parameter of any value under <see cref="TallyJson"/>.</summary>
    public static JsonNode Json<T>(T value) => TallyJson.ToNode(value);

    /// <summary>The value that stands in a jsonb column.</summary>
    public static T FromJson<T>(JsonNode node) => node.Deserialize<T>(TallyJson.Options)!;

    private static bool IsTypedId(Type type) => type.IsValueType && Array.Exists(
        type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITypedId<>));

    private sealed class TypedIdHandler<T> : SqlMapper.TypeHandler<T>
        where T : struct, ITypedId<T>
    {
        public override T Parse(object value) => T.From((Guid)value);

        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = value.Value;
    }

    private sealed class CurrencyHandler : SqlMapper.TypeHandler<Currency>
    {
        public override Currency Parse(object value) => Currency.Parse((string)value);

        public override void SetValue(IDbDataParameter parameter, Currency value) => parameter.Value = value.Code;
    }

    private sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => new((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) =>
            parameter.Value = value.UtcDateTime;
    }

    /// <summary>An array column as a record's member: the driver only says that it is some array.</summary>
    private sealed class ArrayHandler<T> : SqlMapper.TypeHandler<T[]>
    {
        public override T[] Parse(object value) => (T[])value;

        public override void SetValue(IDbDataParameter parameter, T[]? value) => parameter.Value = (object?)value ?? DBNull.Value;
    }

    private sealed class JsonHandler : SqlMapper.TypeHandler<JsonNode>
    {
        public override JsonNode Parse(object value) => JsonNode.Parse((string)value)!;

        public override void SetValue(IDbDataParameter parameter, JsonNode? value)
        {
            parameter.Value = value is null ? DBNull.Value : StorableJson.Of(value.ToJsonString());
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
        }
    }
}
