export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      api_keys: {
        Row: {
          created_at: string;
          created_by: string | null;
          expires_at: string;
          id: string;
          name: string;
          org_id: string;
          prefix: string;
          revoked_at: string | null;
          revoked_by: string | null;
          scopes: string[];
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          expires_at: string;
          id?: string;
          name: string;
          org_id: string;
          prefix: string;
          revoked_at?: string | null;
          revoked_by?: string | null;
          scopes: string[];
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          expires_at?: string;
          id?: string;
          name?: string;
          org_id?: string;
          prefix?: string;
          revoked_at?: string | null;
          revoked_by?: string | null;
          scopes?: string[];
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'api_keys_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'api_keys_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
      audit_log: {
        Row: {
          action: string;
          actor_id: string | null;
          actor_kind: Database['public']['Enums']['audit_actor_kind'];
          address: unknown;
          api_key_id: string | null;
          at: string;
          hash: string;
          id: number;
          new_values: Json | null;
          old_values: Json | null;
          org_id: string;
          record_id: string | null;
          request_id: string | null;
          salt: string;
          table_name: string;
          values_hash: string;
        };
        ComputedFields: never;
        Insert: {
          action: string;
          actor_id?: string | null;
          actor_kind: Database['public']['Enums']['audit_actor_kind'];
          address?: unknown;
          api_key_id?: string | null;
          at?: string;
          hash: string;
          id?: number;
          new_values?: Json | null;
          old_values?: Json | null;
          org_id: string;
          record_id?: string | null;
          request_id?: string | null;
          salt: string;
          table_name: string;
          values_hash: string;
        };
        Update: {
          action?: string;
          actor_id?: string | null;
          actor_kind?: Database['public']['Enums']['audit_actor_kind'];
          address?: unknown;
          api_key_id?: string | null;
          at?: string;
          hash?: string;
          id?: number;
          new_values?: Json | null;
          old_values?: Json | null;
          org_id?: string;
          record_id?: string | null;
          request_id?: string | null;
          salt?: string;
          table_name?: string;
          values_hash?: string;
        };
        Relationships: [];
      };
      audit_seals: {
        Row: {
          from_id: number;
          hash: string;
          number: number;
          org_id: string;
          previous_hash: string | null;
          row_hashes: string[];
          row_ids: number[];
          sealed_at: string;
          to_id: number;
        };
        ComputedFields: never;
        Insert: {
          from_id: number;
          hash: string;
          number: number;
          org_id: string;
          previous_hash?: string | null;
          row_hashes: string[];
          row_ids: number[];
          sealed_at?: string;
          to_id: number;
        };
        Update: {
          from_id?: number;
          hash?: string;
          number?: number;
          org_id?: string;
          previous_hash?: string | null;
          row_hashes?: string[];
          row_ids?: number[];
          sealed_at?: string;
          to_id?: number;
        };
        Relationships: [];
      };
      client_types: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'client_types_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      customer_notes: {
        Row: {
          body: string;
          created_at: string;
          created_by: string | null;
          customer_id: string;
          edited_at: string | null;
          edited_by: string | null;
          id: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          body?: string;
          created_at?: string;
          created_by?: string | null;
          customer_id: string;
          edited_at?: string | null;
          edited_by?: string | null;
          id?: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          body?: string;
          created_at?: string;
          created_by?: string | null;
          customer_id?: string;
          edited_at?: string | null;
          edited_by?: string | null;
          id?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'customer_notes_org_id_customer_id_fkey';
            columns: ['org_id', 'customer_id'];
            isOneToOne: true;
            referencedRelation: 'customers';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customer_notes_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      customers: {
        Row: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          territory_id: string | null;
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          acquisition_source?: string | null;
          address?: string | null;
          archived_at?: string | null;
          avatar_color?: string | null;
          board_rank?: string;
          client_type_id?: string | null;
          closed_lost_reason?: string | null;
          contract_end_date?: string | null;
          contract_start_date?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          custom_fields?: NonNullable<Json>;
          deleted_at?: string | null;
          deleted_by?: string | null;
          email?: string | null;
          expected_value?: number | null;
          grade?: Database['public']['Enums']['customer_grade'] | null;
          id?: string;
          is_archived?: boolean;
          latitude?: number | null;
          longitude?: number | null;
          name: string;
          org_id: string;
          owner_id?: string | null;
          phase?: string | null;
          phone?: string | null;
          product_id?: string | null;
          specialty_id?: string | null;
          status?: Database['public']['Enums']['customer_status'];
          tags?: string[];
          territory_id?: string | null;
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Update: {
          acquisition_source?: string | null;
          address?: string | null;
          archived_at?: string | null;
          avatar_color?: string | null;
          board_rank?: string;
          client_type_id?: string | null;
          closed_lost_reason?: string | null;
          contract_end_date?: string | null;
          contract_start_date?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          custom_fields?: NonNullable<Json>;
          deleted_at?: string | null;
          deleted_by?: string | null;
          email?: string | null;
          expected_value?: number | null;
          grade?: Database['public']['Enums']['customer_grade'] | null;
          id?: string;
          is_archived?: boolean;
          latitude?: number | null;
          longitude?: number | null;
          name?: string;
          org_id?: string;
          owner_id?: string | null;
          phase?: string | null;
          phone?: string | null;
          product_id?: string | null;
          specialty_id?: string | null;
          status?: Database['public']['Enums']['customer_status'];
          tags?: string[];
          territory_id?: string | null;
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'customers_org_id_client_type_id_fkey';
            columns: ['org_id', 'client_type_id'];
            isOneToOne: false;
            referencedRelation: 'client_types';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'customers_org_id_owner_id_fkey';
            columns: ['org_id', 'owner_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
          {
            foreignKeyName: 'customers_org_id_product_id_fkey';
            columns: ['org_id', 'product_id'];
            isOneToOne: false;
            referencedRelation: 'products';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_specialty_id_fkey';
            columns: ['org_id', 'specialty_id'];
            isOneToOne: false;
            referencedRelation: 'specialties';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      interactions: {
        Row: {
          channel: Database['public']['Enums']['interaction_channel'];
          corrects_id: string | null;
          created_at: string;
          customer_id: string;
          follow_up_at: string | null;
          id: string;
          next_action: string | null;
          note: string | null;
          occurred_at: string;
          org_id: string;
          outcome: string | null;
          subject: string | null;
          type: Database['public']['Enums']['interaction_type'];
          user_id: string | null;
        };
        ComputedFields: never;
        Insert: {
          channel?: Database['public']['Enums']['interaction_channel'];
          corrects_id?: string | null;
          created_at?: string;
          customer_id: string;
          follow_up_at?: string | null;
          id?: string;
          next_action?: string | null;
          note?: string | null;
          occurred_at?: string;
          org_id: string;
          outcome?: string | null;
          subject?: string | null;
          type: Database['public']['Enums']['interaction_type'];
          user_id?: string | null;
        };
        Update: {
          channel?: Database['public']['Enums']['interaction_channel'];
          corrects_id?: string | null;
          created_at?: string;
          customer_id?: string;
          follow_up_at?: string | null;
          id?: string;
          next_action?: string | null;
          note?: string | null;
          occurred_at?: string;
          org_id?: string;
          outcome?: string | null;
          subject?: string | null;
          type?: Database['public']['Enums']['interaction_type'];
          user_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'interactions_org_id_customer_id_corrects_id_fkey';
            columns: ['org_id', 'customer_id', 'corrects_id'];
            isOneToOne: false;
            referencedRelation: 'interactions';
            referencedColumns: ['org_id', 'customer_id', 'id'];
          },
          {
            foreignKeyName: 'interactions_org_id_customer_id_fkey';
            columns: ['org_id', 'customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'interactions_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'interactions_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
        ];
      };
      invitations: {
        Row: {
          accepted_at: string | null;
          accepted_by: string | null;
          created_at: string;
          created_by: string | null;
          email: string;
          expires_at: string;
          id: string;
          invited_by: string | null;
          org_id: string;
          revoked_at: string | null;
          role_id: string;
          sent_at: string | null;
          team: string | null;
          title: string | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          accepted_at?: string | null;
          accepted_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          email: string;
          expires_at?: string;
          id?: string;
          invited_by?: string | null;
          org_id: string;
          revoked_at?: string | null;
          role_id: string;
          sent_at?: string | null;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          version?: number;
        };
        Update: {
          accepted_at?: string | null;
          accepted_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          email?: string;
          expires_at?: string;
          id?: string;
          invited_by?: string | null;
          org_id?: string;
          revoked_at?: string | null;
          role_id?: string;
          sent_at?: string | null;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'invitations_accepted_by_fkey';
            columns: ['accepted_by'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'invitations_invited_by_fkey';
            columns: ['invited_by'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'invitations_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'invitations_org_id_role_id_fkey';
            columns: ['org_id', 'role_id'];
            isOneToOne: false;
            referencedRelation: 'roles';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      member_roles: {
        Row: {
          assigned_by: string | null;
          created_at: string;
          created_by: string | null;
          id: string;
          org_id: string;
          role_id: string;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          assigned_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id: string;
          role_id: string;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          assigned_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id?: string;
          role_id?: string;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'member_roles_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'member_roles_org_id_role_id_fkey';
            columns: ['org_id', 'role_id'];
            isOneToOne: false;
            referencedRelation: 'roles';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'member_roles_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
      memberships: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          is_active: boolean;
          manager_id: string | null;
          org_id: string;
          team: string | null;
          title: string | null;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          is_active?: boolean;
          manager_id?: string | null;
          org_id: string;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          is_active?: boolean;
          manager_id?: string | null;
          org_id?: string;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'memberships_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'memberships_org_id_manager_id_fkey';
            columns: ['org_id', 'manager_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
          {
            foreignKeyName: 'memberships_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
        ];
      };
      notifications: {
        Row: {
          actor_id: string | null;
          created_at: string;
          created_by: string | null;
          customer_id: string | null;
          data: NonNullable<Json>;
          id: string;
          interaction_id: string | null;
          kind: Database['public']['Enums']['notification_kind'];
          org_id: string;
          read_at: string | null;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          actor_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          id?: string;
          interaction_id?: string | null;
          kind: Database['public']['Enums']['notification_kind'];
          org_id: string;
          read_at?: string | null;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          actor_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          id?: string;
          interaction_id?: string | null;
          kind?: Database['public']['Enums']['notification_kind'];
          org_id?: string;
          read_at?: string | null;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'notifications_org_id_customer_id_fkey';
            columns: ['org_id', 'customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'notifications_org_id_customer_id_interaction_id_fkey';
            columns: ['org_id', 'customer_id', 'interaction_id'];
            isOneToOne: false;
            referencedRelation: 'interactions';
            referencedColumns: ['org_id', 'customer_id', 'id'];
          },
          {
            foreignKeyName: 'notifications_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'notifications_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
      organizations: {
        Row: {
          created_at: string;
          created_by: string | null;
          currency: string;
          deleted_at: string | null;
          deleted_by: string | null;
          id: string;
          name: string;
          slug: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          deleted_at?: string | null;
          deleted_by?: string | null;
          id?: string;
          name: string;
          slug: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          deleted_at?: string | null;
          deleted_by?: string | null;
          id?: string;
          name?: string;
          slug?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [];
      };
      permissions: {
        Row: {
          action: string;
          description: string;
          is_scoped: boolean;
          key: string;
          resource: string;
        };
        ComputedFields: never;
        Insert: {
          action: string;
          description: string;
          is_scoped?: boolean;
          key: string;
          resource: string;
        };
        Update: {
          action?: string;
          description?: string;
          is_scoped?: boolean;
          key?: string;
          resource?: string;
        };
        Relationships: [];
      };
      product_categories: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          parent_id: string | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          parent_id?: string | null;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          parent_id?: string | null;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'product_categories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'product_categories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'product_categories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      products: {
        Row: {
          category_id: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          description: string | null;
          id: string;
          is_active: boolean;
          name: string;
          org_id: string;
          sku: string | null;
          unit_price: number | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          category_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          description?: string | null;
          id?: string;
          is_active?: boolean;
          name: string;
          org_id: string;
          sku?: string | null;
          unit_price?: number | null;
          updated_at?: string;
          version?: number;
        };
        Update: {
          category_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          description?: string | null;
          id?: string;
          is_active?: boolean;
          name?: string;
          org_id?: string;
          sku?: string | null;
          unit_price?: number | null;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'products_org_id_category_id_fkey';
            columns: ['org_id', 'category_id'];
            isOneToOne: false;
            referencedRelation: 'product_categories';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'products_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      profiles: {
        Row: {
          avatar_color: string;
          created_at: string;
          created_by: string | null;
          email: string | null;
          first_name: string;
          id: string;
          last_name: string;
          last_seen_at: string | null;
          locale: string;
          timezone: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          avatar_color?: string;
          created_at?: string;
          created_by?: string | null;
          email?: string | null;
          first_name?: string;
          id: string;
          last_name?: string;
          last_seen_at?: string | null;
          locale?: string;
          timezone?: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          avatar_color?: string;
          created_at?: string;
          created_by?: string | null;
          email?: string | null;
          first_name?: string;
          id?: string;
          last_name?: string;
          last_seen_at?: string | null;
          locale?: string;
          timezone?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [];
      };
      role_permissions: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          org_id: string;
          permission: string;
          role_id: string;
          scope: Database['public']['Enums']['permission_scope'];
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id: string;
          permission: string;
          role_id: string;
          scope?: Database['public']['Enums']['permission_scope'];
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id?: string;
          permission?: string;
          role_id?: string;
          scope?: Database['public']['Enums']['permission_scope'];
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'role_permissions_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'role_permissions_org_id_role_id_fkey';
            columns: ['org_id', 'role_id'];
            isOneToOne: false;
            referencedRelation: 'roles';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'role_permissions_permission_fkey';
            columns: ['permission'];
            isOneToOne: false;
            referencedRelation: 'permissions';
            referencedColumns: ['key'];
          },
        ];
      };
      roles: {
        Row: {
          created_at: string;
          created_by: string | null;
          description: string | null;
          id: string;
          is_system: boolean;
          key: string;
          name: string;
          org_id: string;
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          is_system?: boolean;
          key: string;
          name: string;
          org_id: string;
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          is_system?: boolean;
          key?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'roles_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      settings: {
        Row: {
          created_at: string;
          created_by: string | null;
          description: string | null;
          id: string;
          key: string;
          org_id: string;
          updated_at: string;
          updated_by: string | null;
          value: string;
          value_type: Database['public']['Enums']['setting_value_type'];
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          key: string;
          org_id: string;
          updated_at?: string;
          updated_by?: string | null;
          value: string;
          value_type?: Database['public']['Enums']['setting_value_type'];
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          key?: string;
          org_id?: string;
          updated_at?: string;
          updated_by?: string | null;
          value?: string;
          value_type?: Database['public']['Enums']['setting_value_type'];
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'settings_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      specialties: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'specialties_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      territories: {
        Row: {
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          level: Database['public']['Enums']['territory_level'];
          name: string;
          name_ar: string | null;
          org_id: string;
          parent_id: string | null;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          code: string;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          level: Database['public']['Enums']['territory_level'];
          name: string;
          name_ar?: string | null;
          org_id: string;
          parent_id?: string | null;
          path: unknown;
          updated_at?: string;
          version?: number;
        };
        Update: {
          boundary?: Json | null;
          code?: string;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          level?: Database['public']['Enums']['territory_level'];
          name?: string;
          name_ar?: string | null;
          org_id?: string;
          parent_id?: string | null;
          path?: unknown;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      territory_assignments: {
        Row: {
          created_at: string;
          created_by: string | null;
          ends_on: string | null;
          id: string;
          is_primary: boolean;
          org_id: string;
          starts_on: string;
          territory_id: string;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          ends_on?: string | null;
          id?: string;
          is_primary?: boolean;
          org_id: string;
          starts_on: string;
          territory_id: string;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          ends_on?: string | null;
          id?: string;
          is_primary?: boolean;
          org_id?: string;
          starts_on?: string;
          territory_id?: string;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'territory_assignments_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_territory_id_fkey';
            columns: ['org_id', 'territory_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territory_assignments_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
    };
    Views: {
      areas: {
        Row: {
          boundary: Json | null;
          city_id: string | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          city_id?: string | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          boundary?: Json | null;
          city_id?: string | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'city_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      bricks: {
        Row: {
          area_id: string | null;
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          area_id?: string | null;
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          area_id?: string | null;
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'area_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      cities: {
        Row: {
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          governorate_id: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          governorate_id?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          governorate_id?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'governorate_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      countries: {
        Row: {
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      governorates: {
        Row: {
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          region_id: string | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          region_id?: string | null;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          boundary?: Json | null;
          code?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          region_id?: string | null;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'region_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      regions: {
        Row: {
          boundary: Json | null;
          code: string;
          country_id: string | null;
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          name_ar: string | null;
          org_id: string;
          path: unknown;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          boundary?: Json | null;
          code?: string | null;
          country_id?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Update: {
          boundary?: Json | null;
          code?: string | null;
          country_id?: string | null;
          created_at?: string | null;
          created_by?: string | null;
          id?: string | null;
          name?: string | null;
          name_ar?: string | null;
          org_id?: string | null;
          path?: unknown;
          updated_at?: string | null;
          version?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: 'territories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'areas';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'bricks';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'cities';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'countries';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'governorates';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'regions';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'territories_org_id_parent_id_fkey';
            columns: ['org_id', 'country_id'];
            isOneToOne: false;
            referencedRelation: 'territories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
    };
    Functions: {
      accept_invitation: {
        Args: { token: string };
        Returns: {
          name: string;
          org_id: string;
          slug: string;
        }[];
      };
      accept_my_invitation: {
        Args: { invitation_id: string };
        Returns: {
          name: string;
          org_id: string;
          slug: string;
        }[];
      };
      announce_ended_sessions: { Args: { session_ids: string[] }; Returns: undefined };
      api_request: {
        Args: {
          arguments?: Json;
          client_address?: string;
          key_digest: string;
          key_prefix: string;
          operation: string;
        };
        Returns: Json;
      };
      append_note_update: { Args: { customer_id: string; update: string; update_id: string }; Returns: Json };
      begin_sign_in: {
        Args: { account_digest: string; client_address?: string; limited?: boolean };
        Returns: Json;
      };
      board_cards: {
        Args: {
          after_id?: string;
          after_rank?: string;
          org_id: string;
          owner_ids?: string[];
          page_size?: number;
          product_ids?: string[];
          search?: string;
          sources?: string[];
          status: Database['public']['Enums']['customer_status'];
          tags?: string[];
          territory_ids?: string[];
        };
        Returns: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          territory_id: string | null;
          updated_at: string;
          updated_by: string | null;
          version: number;
        }[];
        SetofOptions: {
          from: '*';
          to: 'customers';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      board_summary: {
        Args: {
          org_id: string;
          owner_ids?: string[];
          product_ids?: string[];
          search?: string;
          sources?: string[];
          tags?: string[];
          territory_ids?: string[];
        };
        Returns: {
          currency: string;
          customers: number;
          status: Database['public']['Enums']['customer_status'];
          total_value: number;
        }[];
      };
      board_top: {
        Args: {
          org_id: string;
          owner_ids?: string[];
          page_size?: number;
          product_ids?: string[];
          search?: string;
          sources?: string[];
          tags?: string[];
          territory_ids?: string[];
        };
        Returns: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          territory_id: string | null;
          updated_at: string;
          updated_by: string | null;
          version: number;
        }[];
        SetofOptions: {
          from: '*';
          to: 'customers';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      bricks_within: { Args: { org_id: string; territory_ids: string[] }; Returns: string[] };
      bulk_edit: { Args: { items: Json; kind: string; table_name?: string }; Returns: Json };
      changes_since: { Args: { cursor?: string; org_id: string; topics?: string[] }; Returns: Json };
      compact_note: {
        Args: { body: string; note_id: string; seen_state_seq: number; seq: number; state: string };
        Returns: boolean;
      };
      create_api_key: {
        Args: { expires_at?: string; name: string; org_id: string; scopes: string[] };
        Returns: Json;
      };
      create_organization: {
        Args: { currency?: string; name: string };
        Returns: {
          created_at: string;
          created_by: string | null;
          currency: string;
          deleted_at: string | null;
          deleted_by: string | null;
          id: string;
          name: string;
          slug: string;
          updated_at: string;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'organizations';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      delete_customer: { Args: { customer_id: string }; Returns: undefined };
      delete_organization: { Args: { org_id: string; typed_name: string }; Returns: undefined };
      delete_role: {
        Args: { org_id: string; reassign_to?: string; role_id: string; seen_version: number };
        Returns: number;
      };
      deleted_organizations: {
        Args: Record<PropertyKey, never>;
        Returns: {
          deleted_at: string;
          deleted_by: string;
          id: string;
          name: string;
          purged_at: string;
          slug: string;
        }[];
      };
      end_other_sessions: { Args: Record<PropertyKey, never>; Returns: number };
      end_session: { Args: { session_id: string }; Returns: undefined };
      explain_access: { Args: { record_id: string; table_name: string }; Returns: Json };
      export_audit: { Args: { after_id?: number; after_seal?: number; org_id: string }; Returns: Json };
      finish_sign_in: { Args: { attempt_id: number; outcome: string }; Returns: undefined };
      former_members: {
        Args: { org_id: string };
        Returns: {
          first_name: string;
          last_name: string;
          user_id: string;
        }[];
      };
      hand_over: {
        Args: { from_user: string; org_id: string; to_user: string };
        Returns: {
          handed_over: number;
          remaining: number;
        }[];
      };
      import_territories: { Args: { dry_run?: boolean; org_id: string; rows: Json }; Returns: Json };
      invitation_email: { Args: { token: string }; Returns: string };
      invitation_preview: { Args: { token: string }; Returns: Json };
      invite_member: {
        Args: { email: string; org_id: string; role_id: string; team?: string; title?: string };
        Returns: {
          address: string;
          expires_at: string;
          id: string;
          token: string;
        }[];
      };
      leave_organization: { Args: { org_id: string }; Returns: undefined };
      list_api_keys: {
        Args: { org_id: string };
        Returns: {
          created_at: string;
          expires_at: string;
          id: string;
          last_address: string;
          last_used_at: string;
          name: string;
          prefix: string;
          revoked_at: string;
          revoked_by: string;
          scopes: string[];
          user_id: string;
        }[];
      };
      load_note: { Args: { after_seq?: number; customer_id: string }; Returns: Json };
      mark_notifications_read: { Args: { ids?: string[]; org_id?: string }; Returns: number };
      move_customer: {
        Args: {
          after_id?: string;
          before_id?: string;
          customer_id: string;
          lost_reason?: string;
          seen_status?: Database['public']['Enums']['customer_status'];
          to_status: Database['public']['Enums']['customer_status'];
        };
        Returns: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          territory_id: string | null;
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'customers';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      move_territory: {
        Args: { new_parent_id: string; seen_parent_id?: string; territory_id: string };
        Returns: {
          boundary: Json | null;
          code: string;
          created_at: string;
          created_by: string | null;
          id: string;
          level: Database['public']['Enums']['territory_level'];
          name: string;
          name_ar: string | null;
          org_id: string;
          parent_id: string | null;
          path: unknown;
          updated_at: string;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'territories';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      move_to_trash: { Args: { record_id: string; table_name: string }; Returns: undefined };
      my_access: { Args: { org_id: string }; Returns: Json };
      my_invitations: {
        Args: Record<PropertyKey, never>;
        Returns: {
          expires_at: string;
          id: string;
          inviter: string;
          organization: string;
          role: Json;
        }[];
      };
      my_sessions: {
        Args: Record<PropertyKey, never>;
        Returns: {
          address: string;
          created_at: string;
          id: string;
          is_current: boolean;
          last_used_at: string;
          second_factor: boolean;
          user_agent: string;
        }[];
      };
      next_note_to_compact: { Args: Record<PropertyKey, never>; Returns: Json };
      note_invitation_refused: {
        Args: { person: string; reason: string; token: string };
        Returns: undefined;
      };
      note_invitation_sent: { Args: { invitation_id: string }; Returns: undefined };
      note_session: {
        Args: { client_address?: string; session_id: string; user_agent?: string };
        Returns: undefined;
      };
      organization_settings: {
        Args: { org_id: string };
        Returns: {
          allowed: string[];
          default_value: string;
          description: string;
          group_name: string;
          is_time_zone: boolean;
          key: string;
          maximum: number;
          minimum: number;
          updated_at: string;
          updated_by: string;
          value: string;
          value_type: Database['public']['Enums']['setting_value_type'];
          version: number;
        }[];
      };
      organizations_asking_second_factor: {
        Args: Record<PropertyKey, never>;
        Returns: {
          id: string;
          name: string;
          slug: string;
        }[];
      };
      patch_customer: { Args: { changes: Json; customer_id: string; seen: Json }; Returns: Json };
      patch_record: {
        Args: { changes: Json; record_id: string; seen: Json; table_name: string };
        Returns: Json;
      };
      record_history: {
        Args: { before_id?: number; page_size?: number; record_id: string; table_name: string };
        Returns: {
          action: string;
          actor_id: string;
          actor_kind: Database['public']['Enums']['audit_actor_kind'];
          api_key_id: string;
          at: string;
          id: number;
          new_values: Json;
          of_table: string;
          old_values: Json;
        }[];
      };
      report_foreign_access: { Args: { record_id: string; table_name: string }; Returns: undefined };
      resend_invitation: {
        Args: { invitation_id: string };
        Returns: {
          address: string;
          expires_at: string;
          id: string;
          token: string;
        }[];
      };
      restore_from_trash: { Args: { record_id: string; table_name: string }; Returns: Json };
      restore_organization: { Args: { org_id: string }; Returns: string };
      revoke_api_key: { Args: { key_id: string }; Returns: undefined };
      revoke_invitation: { Args: { invitation_id: string }; Returns: undefined };
      role_counts: {
        Args: { org_id: string };
        Returns: {
          holders: number;
          role_id: string;
        }[];
      };
      save_role: {
        Args: {
          description?: string;
          name?: string;
          org_id: string;
          permissions?: Json;
          role_id?: string;
          seen_version?: number;
        };
        Returns: {
          created_at: string;
          created_by: string | null;
          description: string | null;
          id: string;
          is_system: boolean;
          key: string;
          name: string;
          org_id: string;
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'roles';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      save_settings: { Args: { changes: Json; org_id: string; seen?: Json }; Returns: Json };
      search_customers: {
        Args: { max_results?: number; org_id: string; query: string };
        Returns: {
          id: string;
          match: string;
          name: string;
          owner_id: string;
          status: Database['public']['Enums']['customer_status'];
        }[];
      };
      session_state: { Args: Record<PropertyKey, never>; Returns: string };
      set_product_active: {
        Args: { active: boolean; product_id: string };
        Returns: {
          category_id: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          description: string | null;
          id: string;
          is_active: boolean;
          name: string;
          org_id: string;
          sku: string | null;
          unit_price: number | null;
          updated_at: string;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'products';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      trash: {
        Args: {
          before_at?: string;
          before_id?: string;
          by_user?: string;
          of_table?: string;
          org_id: string;
          page_size?: number;
        };
        Returns: {
          deleted_at: string;
          deleted_by: string;
          is_kept: boolean;
          purge_at: string;
          record_id: string;
          table_name: string;
          title: string;
        }[];
      };
      verify_audit: { Args: { after_seal?: number; max_seals?: number; org_id: string }; Returns: Json };
    };
    Enums: {
      audit_actor_kind: 'user' | 'api_key' | 'system';
      customer_grade: 'A' | 'B' | 'C';
      customer_status: 'lead' | 'qualified' | 'proposal' | 'negotiation' | 'closed_won' | 'closed_lost';
      interaction_channel: 'phone' | 'email' | 'meeting' | 'chat' | 'other';
      interaction_type: 'call' | 'email' | 'meeting' | 'note' | 'visit';
      notification_kind: 'assigned' | 'follow_up_due';
      permission_scope: 'all' | 'territory' | 'own';
      setting_value_type: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date';
      territory_level: 'country' | 'region' | 'governorate' | 'city' | 'area' | 'brick';
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    keyof (DefaultSchema['Tables'] & DefaultSchema['Views']) | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    keyof DefaultSchema['CompositeTypes'] | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {
      audit_actor_kind: ['user', 'api_key', 'system'],
      customer_grade: ['A', 'B', 'C'],
      customer_status: ['lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost'],
      interaction_channel: ['phone', 'email', 'meeting', 'chat', 'other'],
      interaction_type: ['call', 'email', 'meeting', 'note', 'visit'],
      notification_kind: ['assigned', 'follow_up_due'],
      permission_scope: ['all', 'territory', 'own'],
      setting_value_type: ['string', 'integer', 'number', 'boolean', 'json', 'date'],
      territory_level: ['country', 'region', 'governorate', 'city', 'area', 'brick'],
    },
  },
} as const;
